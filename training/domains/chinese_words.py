"""Slot values in Chinese: names, cities, and words made from single characters."""

from training import words
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


def name(draw: Draw) -> str:
    """Surname and given name from hundreds of thousands: only copying can produce it."""
    if draw.chance(0.15):
        return words.name(draw)
    count = draw.rng.choice((1, 2, 2))
    return draw.any(SURNAMES) + "".join(draw.any(GIVEN) for _ in range(count))


def word(draw: Draw) -> str:
    """Two or three characters that make no known word."""
    return "".join(draw.any(GIVEN) for _ in range(draw.rng.choice((2, 2, 3))))
