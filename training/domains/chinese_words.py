"""Slot values in Chinese: names, cities, and words made from single characters."""

from training import everyday, words
from training.grammar import Draw

CITIES = (
    "北京",
    "上海",
    "广州",
    "深圳",
    "成都",
    "杭州",
    "西安",
    "南京",
    "武汉",
    "维也纳",
    "东京",
    "巴黎",
    "伦敦",
    "柏林",
    "重庆",
    "天津",
    "苏州",
    "青岛",
    *("大连", "厦门", "昆明", "长沙", "郑州", "合肥", "福州", "济南", "沈阳", "哈尔滨"),
    *("拉萨", "兰州", "西宁", "贵阳", "南宁", "海口", "宁波", "无锡", "桂林", "洛阳"),
    *("纽约", "罗马", "马德里", "悉尼", "首尔", "莫斯科", "开罗", "曼谷", "新加坡", "米兰"),
)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红梅文建国志海山川云雨雪春夏秋冬天宇星月晨阳光辉"
    "思雅琪佳慧欣怡婷颖洁莉珍珠宝康健安宁福乐嘉瑞祥龙虎飞翔鹏松柏竹青蓝紫金银玲珊瑶诗书琴棋画"
)

# Plain characters from which words are made that nobody has seen.
CHARACTERS = (
    "云山石木水火风雷星月日天光明暗红蓝青白黑金银铜铁花草树叶果米豆茶酒糖盐油布纸笔墨琴书画棋春夏秋冬东西南北"
    "大小高低长短新旧远近左右前后上下里外快慢轻重冷热干湿真好美香甜苦酸辣安平和乐喜爱思想心手口目耳足头面身"
    "马牛羊鸟鱼虫龙虎猫狗鸡鸭兔鹿象熊狼燕鹤蜂蝶江河湖海洋溪泉池岛岸沙田地土城村镇路桥门窗房屋楼塔亭院园林"
    "车船舟帆刀剑弓箭灯钟鼓铃伞帽衣鞋杯碗盘瓶盒箱包带线球轮珠玉宝石粉灰紫黄绿橙雨雪霜露雾冰波浪潮虹霞晨夜"
    "文字诗歌舞声音色形影梦话信号机电力气站店场厂校班国家人王子民工农医师友客童老少男女一二三四五六七八九十"
    "行走飞跑来去开关起落进出生长成变动静听看写读问答教学做用买卖送取找见知记说笑唱睡醒吃喝洗种收打拉推放"
)
# What a place's name ends with.
_ENDINGS = "城镇村州县港湾岭"


def name(draw: Draw) -> str:
    """Surname and given name from hundreds of thousands: only copying can produce it."""
    if draw.chance(0.15):
        return words.name(draw)
    count = draw.rng.choice((1, 2, 2))
    return draw.any(SURNAMES) + "".join(draw.any(GIVEN) for _ in range(count))


def characters(draw: Draw, count: int) -> str:
    """``count`` characters in a row that make no known word."""
    return "".join(
        draw.any(CHARACTERS if draw.chance(0.55) else everyday.chinese()) for _ in range(count)
    )


def word(draw: Draw) -> str:
    """A made-up word of two to four characters."""
    return characters(draw, draw.rng.choice((2, 2, 3, 3, 4)))


def city(draw: Draw) -> str:
    """A city, half of them made up."""
    if draw.chance(0.5):
        return draw.value(CITIES)
    return characters(draw, draw.rng.choice((1, 2))) + draw.any(_ENDINGS)
